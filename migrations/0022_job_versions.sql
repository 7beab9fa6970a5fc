-- How often a job's row was written. Whoever decided on another version is undone, and looks again: whatever it does not
-- know of would be overwritten.
alter table jobs add column version integer not null default 0 check (version >= 0);
