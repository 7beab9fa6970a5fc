-- A running job whose time is up is looked at once more: its provider may have finished it, or has to be stopped. Null once
-- the provider has said how it is, or has kept silent for too long.
alter table jobs add column last_look_at integer;

-- The sweep's list of them.
create index jobs_last_looks on jobs (last_look_at) where last_look_at is not null;
