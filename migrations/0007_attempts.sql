-- Each submission of a job to a provider. A callback is bound to one of these.
create table attempts (
  account_id text    not null,
  job_id     text    not null,
  ordinal    integer not null check (ordinal > 0),
  provider   text    not null,
  task_id    text,                          -- the provider's name for it, once known
  outcome    text    check (outcome in ('turned_away', 'unknown', 'accepted', 'succeeded', 'failed')),
  detail     text,                          -- what the provider said when it turned us away or failed, for operators
  anomaly    text,                          -- a word that contradicted what was already final; it moved nothing
  created_at integer not null,
  updated_at integer not null,
  primary key (account_id, job_id, ordinal),
  foreign key (account_id, job_id) references jobs (account_id, id)
) strict, without rowid;
