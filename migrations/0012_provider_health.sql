-- How providers took the latest submissions. One that fails again and again rests: for that while nobody submits to it.
create table provider_health (
  provider       text    primary key not null,
  failures       integer not null check (failures >= 0),                       -- in a row
  failed_at      integer not null,
  needs_operator integer not null default 0 check (needs_operator in (0, 1)),  -- to pay, or to mend the key
  rests          integer not null default 0 check (rests >= 0),                -- since it last took one
  rests_until    integer
) strict, without rowid;

create trigger attempts_leave_resting_providers_alone before insert on attempts
when exists (select 1 from provider_health
             where provider = new.provider and rests_until > new.created_at)
begin
  select raise(abort, 'provider_is_resting');
end;
