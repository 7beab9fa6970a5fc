-- One row per generation asked for. `due_at` is when the sweep should look at it, null once it is over.
create table jobs (
  account_id       text    not null references accounts (id),
  id               text    not null,
  state            text    not null
    constraint job_state_is_known check (state in
      ('dispatching', 'running', 'uncertain', 'storing', 'completed', 'failed', 'canceled', 'expired')),
  model            text    not null,
  prompt           text,
  aspect_ratio     text,
  count            integer not null check (count > 0),
  credits_per_image integer not null check (credits_per_image > 0),   -- the price as quoted, whatever it is later
  photo_id         text    not null,
  garment_id       text,
  idempotency_key  text,
  request_hash     text    not null,
  attempt          integer not null check (attempt > 0),              -- the ordinal of the current attempt
  progress         integer not null default 0 check (progress between 0 and 100),
  checks           integer not null default 0 check (checks >= 0),    -- looks by the sweep since the state began
  results          text,                    -- while storing: the provider's addresses, a JSON list
  error_code       text,
  error_message    text,
  cancel_requested integer not null default 0 check (cancel_requested in (0, 1)),
  on_the_house     integer not null default 0 check (on_the_house in (0, 1)),
  due_at           integer,
  created_at       integer not null,
  updated_at       integer not null,
  primary key (account_id, id),
  constraint job_is_due_while_open
    check ((due_at is null) = (state in ('completed', 'failed', 'canceled', 'expired'))),
  constraint job_has_results_while_storing check ((results is not null) = (state = 'storing')),
  constraint job_says_why_it_failed check ((error_code is not null) = (state in ('failed', 'canceled', 'expired')))
) strict, without rowid;

create unique index jobs_by_idempotency_key on jobs (account_id, idempotency_key)
  where idempotency_key is not null;

-- The sweep's list: jobs that are over are not in it.
create index jobs_due on jobs (due_at) where due_at is not null;

create trigger jobs_need_their_photo before insert on jobs
when not exists (select 1 from uploads
                 where account_id = new.account_id and id = new.photo_id and expires_at > new.created_at)
begin
  select raise(abort, 'upload_is_missing:photo');
end;

create trigger jobs_need_their_garment before insert on jobs
when new.garment_id is not null
 and not exists (select 1 from uploads
                 where account_id = new.account_id and id = new.garment_id and expires_at > new.created_at)
begin
  select raise(abort, 'upload_is_missing:garment');
end;

-- A job that is over stays over. The one exception is the late success of an expired job, which is on the house.
create trigger jobs_end_once before update on jobs
when old.state in ('completed', 'failed', 'canceled') and new.state <> old.state
  or old.state = 'expired' and new.state not in ('expired', 'storing')
begin
  select raise(abort, 'job_is_over');
end;
