-- How many looks of the sweep in a row found that the provider has no such task: one may be its mistake.
alter table jobs add column missing integer not null default 0 check (missing >= 0);
