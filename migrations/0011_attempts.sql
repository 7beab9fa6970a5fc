-- Which model an attempt was submitted to, since a fallback's is another than the one asked for, and what it cost the
-- operator, in our credits, where that is known.
alter table attempts add column model text;
alter table attempts add column cost integer check (cost >= 0);
