-- How often a job's row was written. Whoever decided on another version is undone, and looks again: whatever it does not
-- know of would be overwritten.
alter table jobs add column version integer not null default 0 check (version >= 0);

-- While it is uncertain: whether its provider can be asked for it by our reference, and from when on nothing is heard of
-- it any more.
alter table jobs add column can_be_found integer not null default 0 check (can_be_found in (0, 1));
alter table jobs add column uncertain_until integer;
