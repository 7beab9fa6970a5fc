-- The credits reserved for one job, and which packages they came from, in the order of consumption.
create table holds (
  account_id text    not null,
  job_id     text    not null,
  state      text    not null check (state in ('open', 'settled', 'released')),
  amount     integer not null check (amount > 0),
  settled    integer not null default 0 check (settled >= 0),
  released   integer not null default 0 check (released >= 0),
  opened_at  integer not null,
  deadline   integer not null check (deadline > opened_at),
  closed_at  integer,
  primary key (account_id, job_id),
  foreign key (account_id, job_id) references jobs (account_id, id),
  constraint hold_never_gives_more_than_it_took check (settled + released <= amount),
  constraint hold_closes_whole check (case state
    when 'open'    then settled = 0 and released = 0 and closed_at is null
    when 'settled' then settled > 0 and settled + released = amount and closed_at is not null
    else                settled = 0 and released = amount and closed_at is not null end)
) strict, without rowid;

create index holds_open on holds (account_id) where state = 'open';

create trigger holds_close_once before update on holds
when old.state <> 'open' or new.amount <> old.amount
begin
  select raise(abort, 'hold_is_closed');
end;

create table hold_items (
  account_id            text    not null,
  job_id                text    not null,
  position              integer not null check (position >= 0),
  package_id            text    not null,
  amount                integer not null check (amount > 0),
  settled               integer not null default 0 check (settled >= 0),
  released              integer not null default 0 check (released >= 0),
  expires_at            integer,            -- of the package's credits, when they were frozen
  remaining_before      integer not null check (remaining_before >= amount),
  closed_expires_at     integer,            -- the same two, when the hold was closed
  closed_remaining      integer check (closed_remaining >= released),
  primary key (account_id, job_id, position),
  foreign key (account_id, job_id) references holds (account_id, job_id),
  foreign key (account_id, package_id) references packages (account_id, id),
  constraint hold_item_never_gives_more_than_it_took check (settled + released <= amount),
  constraint hold_item_closes_whole
    check ((closed_remaining is null) = (settled + released = 0)
       and (closed_remaining is null or settled + released = amount))
) strict, without rowid;

-- A job and its hold end together, in one batch: whoever ends a job must know of its hold.
create trigger jobs_end_with_their_hold before update on jobs
when new.state in ('completed', 'failed', 'canceled', 'expired')
 and exists (select 1 from holds
             where account_id = new.account_id and job_id = new.id and state = 'open')
begin
  select raise(abort, 'hold_is_open');
end;

create trigger holds_stay before delete on holds
begin
  select raise(abort, 'holds_are_never_deleted');
end;

create trigger hold_items_stay before delete on hold_items
begin
  select raise(abort, 'holds_are_never_deleted');
end;
