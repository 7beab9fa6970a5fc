-- Operational state: circuit breakers of providers, and when the reconciler last ran.

-- The circuit breakers of providers. One that fails repeatedly opens: until `open_until` nothing is submitted
-- to it. One account's failures must not open it for the others, so each account counts once.
create table circuits (
  provider       text    primary key not null,
  failures       integer not null check (failures >= 0),                       -- of how many accounts, in a row
  failed_at      integer not null,
  needs_operator integer not null default 0 check (needs_operator in (0, 1)),  -- out of credit, or a wrong key
  times_opened   integer not null default 0 check (times_opened >= 0),         -- since its last success
  open_until     integer,
  accounts       text    not null default '[]' check (json_valid(accounts))    -- those that failed, a JSON list
) strict, without rowid;

create trigger first_attempts_need_a_closed_circuit before insert on jobs
when exists (select 1 from circuits
             where provider = new.attempts->>'$[0].provider' and open_until > new.created_at)
begin
  select raise(abort, 'circuit_is_open');
end;

create trigger further_attempts_need_a_closed_circuit before update on jobs
when new.attempt > old.attempt
 and exists (select 1 from circuits
             where provider = new.attempts->>'$[#-1].provider' and open_until > new.updated_at)
begin
  select raise(abort, 'circuit_is_open');
end;

-- The same for one account alone, where each of its failures counts.
create table account_circuits (
  provider       text    not null,
  account_id     text    not null,
  failures       integer not null check (failures >= 0),                       -- in a row
  failed_at      integer not null,
  needs_operator integer not null default 0 check (needs_operator in (0, 1)),
  times_opened   integer not null default 0 check (times_opened >= 0),
  open_until     integer,
  primary key (provider, account_id)
) strict, without rowid;

create trigger first_attempts_need_a_closed_circuit_of_their_account before insert on jobs
when exists (select 1 from account_circuits
             where provider = new.attempts->>'$[0].provider' and account_id = new.account_id
               and open_until > new.created_at)
begin
  select raise(abort, 'circuit_is_open');
end;

create trigger further_attempts_need_a_closed_circuit_of_their_account before update on jobs
when new.attempt > old.attempt
 and exists (select 1 from account_circuits
             where provider = new.attempts->>'$[#-1].provider' and account_id = new.account_id
               and open_until > new.updated_at)
begin
  select raise(abort, 'circuit_is_open');
end;

-- When the reconciler last began, and how far it has removed pictures by their age: one row.
create table reconciler_runs (
  id             integer primary key not null check (id = 1),
  at             integer not null,
  cleared_before text    not null default ''   -- no job with a smaller id has pictures
) strict;

-- A late success of an old job.
create trigger pictures_are_found_again after update on jobs
when new.images is not null and old.images is null and new.id < (select cleared_before from reconciler_runs)
begin
  update reconciler_runs set cleared_before = new.id;
end;
