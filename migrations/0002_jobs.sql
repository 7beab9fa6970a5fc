-- Uploads, and jobs with their holds, attempts and pictures.
--
-- D1 counts every row that is written, in a table or an index, and that is most of what a generation costs:
-- what is one to one with a job is in its row, and an index has no column that changes during a job's life.

-- Uploaded pictures. The bytes are in R2 under `uploads/{id}`.
create table uploads (
  account_id   text    not null,
  id           text    not null,
  content_type text    not null check (content_type in ('image/jpeg', 'image/png', 'image/webp')),
  bytes        integer not null check (bytes > 0),
  width        integer not null check (width > 0),
  height       integer not null check (height > 0),
  created_at   integer not null,
  expires_at   integer not null check (expires_at > created_at),
  removed_at   integer,                     -- the bytes are gone
  forgotten_at integer,                     -- its owner was forgotten then; bytes on their way are waited for
  primary key (account_id, id)
) strict, without rowid;

create index uploads_kept on uploads (created_at) where removed_at is null;

-- The states of a job: whether it is open, and whether it has failed.
create table job_states (
  state     text    primary key not null,
  is_open   integer not null check (is_open in (0, 1)),
  is_failed integer not null check (is_failed in (0, 1))
) strict, without rowid;
insert into job_states values
  ('dispatching', 1, 0), ('running', 1, 0), ('uncertain', 1, 0), ('storing', 1, 0), ('completed', 0, 0),
  ('failed', 0, 1), ('canceled', 0, 1), ('expired', 0, 1);

-- One row per generation: its request, state, hold, attempts and pictures. Which columns of a state are set
-- depends on that: src/store/job_row.rs reads and writes them.
create table jobs (
  account_id        text    not null references accounts (id),
  id                text    not null,
  -- The request, as it was checked and quoted.
  model             text    not null,
  prompt            text,
  aspect_ratio      text,
  options           text    check (options is null or json_valid(options)),
  count             integer not null check (count > 0),
  credits_per_image integer not null check (credits_per_image > 0),
  photo_id          text    not null,
  garment_id        text,
  idempotency_key   text,
  fingerprint       text    not null,                                  -- of the request; empty once deleted
  -- Its state. A decision that was based on another version is rolled back, and made again.
  version           integer not null default 0 check (version >= 0),
  state             text    not null references job_states (state),
  attempt           integer not null check (attempt > 0),              -- the ordinal of the current one
  progress          integer not null default 0 check (progress between 0 and 100),
  cancel_requested  integer not null default 0 check (cancel_requested in (0, 1)),
  due_at            integer,                                           -- when the reconciler takes it up
  poll_count        integer not null default 0 check (poll_count >= 0),
  not_found_count   integer not null default 0 check (not_found_count >= 0),
  can_be_found      integer not null default 0 check (can_be_found in (0, 1)),  -- uncertain: by our reference
  uncertain_until   integer,                                           -- from then on no callback can come
  results           text,                                              -- storing: the provider's addresses, a JSON list
  storing_since     integer,
  ingest_attempts   integer not null default 0 check (ingest_attempts >= 0),
  waiting_hosts     text,                                              -- storing: hosts that an operator has to list
  final_poll_at     integer,                                           -- expired: when its provider is polled again
  waived            integer not null default 0 check (waived in (0, 1)),
  error_code        text,
  error_message     text,
  -- The credits reserved for it, from its creation on; the table below has the packages they came from.
  hold_amount       integer not null check (hold_amount > 0),
  hold_settled      integer not null default 0 check (hold_settled >= 0),
  hold_released     integer not null default 0 check (hold_released >= 0),
  hold_deadline     integer not null check (hold_deadline > created_at),
  hold_closed_at    integer,                                           -- null: the hold is open
  -- Its submissions to providers, a JSON list, each written before the call; the view below has their fields.
  attempts          text    not null check (json_array_length(attempts) >= attempt),
  -- Its finished pictures, a JSON list; their bytes are in R2 under `results/{id}/{position}`.
  images            text    check (images is null or json_array_length(images) > 0),
  deleted_at        integer,                                           -- when its user deleted it
  images_removed_at integer,                                           -- when its pictures were removed
  created_at        integer not null,
  updated_at        integer not null,
  primary key (account_id, id),
  constraint job_has_results_while_storing check ((results is not null) = (state = 'storing')),
  constraint hold_never_gives_more_than_it_took check (hold_settled + hold_released <= hold_amount),
  constraint hold_closes_whole
    check (hold_settled + hold_released = iif(hold_closed_at is null, 0, hold_amount))
) strict, without rowid;

create unique index jobs_by_idempotency_key on jobs (account_id, idempotency_key)
  where idempotency_key is not null;

-- The jobs with open holds: their account and the reconciler read all of them, and look for what is due among
-- them. An index by due_at would be written with each step.
create index jobs_open on jobs (account_id) where hold_closed_at is null;

-- What else the reconciler does, which is rare: late successes, the last polls of expired jobs, and results that
-- wait for their hosts to be listed.
create index jobs_late on jobs (due_at) where due_at is not null and hold_closed_at is not null;
create index jobs_final_polls on jobs (final_poll_at) where final_poll_at is not null;
create index jobs_waiting on jobs (due_at) where due_at is not null and waiting_hosts is not null;
create index jobs_waiting_hosts on jobs (waiting_hosts) where due_at is not null and waiting_hosts is not null;

-- Jobs whose pictures cleanup removes, and all jobs by their age, for operators.
create index jobs_to_clear on jobs (deleted_at) where deleted_at is not null and images_removed_at is null;
create index jobs_by_age on jobs (id);

create trigger jobs_are_due_while_open before insert on jobs
when (new.due_at is not null) <> (select is_open from job_states where state = new.state)
begin
  select raise(abort, 'job_due_at_does_not_fit_its_state');
end;

create trigger jobs_stay_due_while_open before update on jobs
when (new.due_at is not null) <> (select is_open from job_states where state = new.state)
begin
  select raise(abort, 'job_due_at_does_not_fit_its_state');
end;

create trigger jobs_say_why_they_failed before update on jobs
when (new.error_code is not null) <> (select is_failed from job_states where state = new.state)
begin
  select raise(abort, 'job_error_does_not_fit_its_state');
end;

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

-- A job that is over stays over. The one exception is the late success of an expired job, which is waived.
create trigger jobs_end_once before update on jobs
when old.state in ('completed', 'failed', 'canceled') and new.state <> old.state
  or old.state = 'expired' and new.state not in ('expired', 'storing')
     and not (new.state = 'completed' and new.waived = 1)
begin
  select raise(abort, 'job_is_over');
end;

-- A deleted job that its provider finishes is charged, and nothing of it is stored. A decision that does not
-- know of the deletion is rolled back, and made again.
create trigger deleted_jobs_store_nothing before update on jobs
when old.deleted_at is not null and new.state = 'storing' and new.state <> old.state
begin
  select raise(abort, 'job_is_deleted');
end;

create trigger deleted_jobs_have_no_images before update on jobs
when old.deleted_at is not null and new.images is not null and old.images is null
begin
  select raise(abort, 'job_is_deleted');
end;

-- A job ends with its hold, or after it: what is still being stored at the deadline is waived, and so is a late
-- success.
create trigger jobs_open_with_their_hold before insert on jobs
when new.hold_closed_at is not null
begin
  select raise(abort, 'hold_is_closed');
end;

create trigger jobs_end_with_their_hold before update on jobs
when new.hold_closed_at is null and not (select is_open from job_states where state = new.state)
begin
  select raise(abort, 'hold_is_open');
end;

create trigger holds_close_once before update on jobs
when new.hold_amount <> old.hold_amount
  or old.hold_closed_at is not null
     and (new.hold_settled <> old.hold_settled or new.hold_released <> old.hold_released
          or new.hold_deadline <> old.hold_deadline or new.hold_closed_at is not old.hold_closed_at)
begin
  select raise(abort, 'hold_is_closed');
end;

create trigger jobs_stay before delete on jobs
begin
  select raise(abort, 'jobs_are_never_deleted');
end;

-- The packages that a hold's credits came from, in the order of consumption.
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
  foreign key (account_id, job_id) references jobs (account_id, id),
  foreign key (account_id, package_id) references packages (account_id, id),
  constraint hold_item_never_gives_more_than_it_took check (settled + released <= amount),
  constraint hold_item_closes_whole
    check ((closed_remaining is null) = (settled + released = 0)
       and (closed_remaining is null or settled + released = amount))
) strict, without rowid;

create trigger hold_items_stay before delete on hold_items
begin
  select raise(abort, 'holds_are_never_deleted');
end;

-- The same by what it is about, for whoever reads them: each hold, each submission, and each finished picture.
create view holds as
select account_id, id as job_id,
       case when hold_closed_at is null then 'open' when hold_settled > 0 then 'settled' else 'released' end as state,
       hold_amount as amount, hold_settled as settled, hold_released as released, created_at as opened_at,
       hold_deadline as deadline, hold_closed_at as closed_at
from jobs;

create view attempts as
select j.account_id, j.id as job_id,
       a.key + 1                as ordinal,     -- 1 for the first
       a.value->>'provider'     as provider,
       a.value->>'model'        as model,
       a.value->>'task_id'      as task_id,     -- the provider's id of the task, once known
       a.value->>'outcome'      as outcome,     -- rejected, abandoned, unknown, accepted, succeeded or failed; once known
       a.value->>'detail'       as detail,      -- the provider's message when it rejected the job or failed, for operators
       a.value->>'cost'         as cost,        -- in credits, as the provider says
       a.value->>'anomaly'      as anomaly,     -- a callback that contradicted a final outcome; it moved nothing
       a.value->>'created_at'   as created_at,
       a.value->>'updated_at'   as updated_at
from jobs j, json_each(j.attempts) a;

create view images as
select j.account_id, j.id as job_id,
       i.value->>'position'     as position,    -- 0 for the first
       i.value->>'content_type' as content_type,
       i.value->>'bytes'        as bytes,
       i.value->>'width'        as width,
       i.value->>'height'       as height,
       j.updated_at             as updated_at
from jobs j, json_each(j.images) i;
