-- A result on a host that nobody has listed waits for an operator: `waiting_hosts` are those hosts, with commas between them.
-- Both are null unless the state is 'storing'. No CHECK says so: the version before this one leaves them as they are.
alter table jobs add column storing_since integer;
alter table jobs add column waiting_hosts text;

-- What waits has a list of its own, so that however much it is, it does not hold up the others.
drop index jobs_due;
create index jobs_due on jobs (due_at) where due_at is not null and waiting_hosts is null;
create index jobs_waiting on jobs (due_at) where due_at is not null and waiting_hosts is not null;
create index jobs_waiting_hosts on jobs (waiting_hosts) where due_at is not null and waiting_hosts is not null;
