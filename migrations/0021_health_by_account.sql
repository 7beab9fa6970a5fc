-- One account's failures must not keep the others from a provider: `accounts` are those that failed there in a row, of which
-- each counts once, as a JSON list. `failures` is how many they are.
alter table provider_health add column accounts text not null default '[]' check (json_valid(accounts));

-- The same for one account alone, whose own failures count each: it leaves the provider alone, and no other does.
create table account_health (
  provider       text    not null,
  account_id     text    not null,
  failures       integer not null check (failures >= 0),                       -- in a row
  failed_at      integer not null,
  needs_operator integer not null default 0 check (needs_operator in (0, 1)),
  rests          integer not null default 0 check (rests >= 0),                -- since the provider last took one
  rests_until    integer,
  primary key (provider, account_id)
) strict, without rowid;

create trigger attempts_of_an_account_leave_its_resting_providers_alone before insert on attempts
when exists (select 1 from account_health
             where provider = new.provider and account_id = new.account_id and rests_until > new.created_at)
begin
  select raise(abort, 'provider_is_resting');
end;
