-- Accounts and their credits: packages, the journal of every movement, and what operators clawed back.
-- Times everywhere are milliseconds since 1970-01-01 UTC; credits are whole numbers.
--
-- Lists that will grow are rows of small tables, so that a new value is an insert: SQLite cannot change a
-- CHECK, and no table of money is ever rebuilt.

-- The owners of credits. The id is derived from the token's subject, so no other table has to name the
-- person.
create table accounts (
  id         text    primary key not null,
  subject    text,                          -- null once the person asked to be forgotten
  created_at integer not null
) strict, without rowid;

-- The kinds of packages. Among packages that expire together, promo is consumed before paid.
create table package_kinds (
  kind text primary key not null
) strict, without rowid;
insert into package_kinds values ('promo'), ('paid');

-- Credits that came in together and expire together. No credit leaves a package but into another column of it.
create table packages (
  account_id   text    not null references accounts (id),
  id           text    not null,
  kind         text    not null references package_kinds (kind),
  reference    text    not null,            -- the grant's idempotency key, unique over all accounts
  granted      integer not null check (granted between 1 and 9007199254740991),
  remaining    integer not null check (remaining >= 0),
  held         integer not null check (held >= 0),
  spent        integer not null check (spent >= 0),
  expired      integer not null check (expired >= 0),
  clawed_back  integer not null check (clawed_back >= 0),
  granted_at   integer not null,
  expires_at   integer check (expires_at > granted_at),          -- null: never
  grace_until  integer check (grace_until > expires_at),         -- set when credits came back after the expiry
  primary key (account_id, id),
  constraint package_conserves_credits
    check (granted = remaining + held + spent + expired + clawed_back),
  constraint package_reference_is_unique unique (reference)
) strict, without rowid;

-- The granted amount and the expiry never change.
create trigger packages_keep_their_grant before update on packages
when new.granted <> old.granted or new.kind <> old.kind or new.reference <> old.reference
  or new.granted_at <> old.granted_at or new.expires_at is not old.expires_at
begin
  select raise(abort, 'package_grant_is_final');
end;

create trigger packages_stay before delete on packages
begin
  select raise(abort, 'packages_are_never_deleted');
end;

-- The kinds of movements, and whether such a row names a package and a job.
create table movement_kinds (
  kind          text    primary key not null,
  names_package integer not null check (names_package in (0, 1)),
  names_job     integer not null check (names_job in (0, 1))
) strict, without rowid;
insert into movement_kinds values
  ('grant', 1, 0), ('freeze', 1, 1), ('settle', 1, 1), ('release', 1, 1), ('expire', 1, 0), ('clawback', 1, 0),
  ('late_success', 0, 1);

-- Every movement of credits, one row per package and movement, in order, for ever. The key
-- (account_id, seq) is also the guard against a writer whose state of the account is stale.
create table journal (
  account_id      text    not null references accounts (id),
  seq             integer not null check (seq > 0),
  at              integer not null,
  kind            text    not null references movement_kinds (kind),
  amount          integer not null check (amount > 0),
  package_id      text,
  job_id          text,
  remaining_after integer not null check (remaining_after >= 0),
  held_after      integer not null check (held_after >= 0),
  expires_at      integer,                  -- when the package's credits expire, after this movement
  hash            text    not null check (length(hash) = 64),
  primary key (account_id, seq)
) strict, without rowid;

create trigger journal_has_no_gaps before insert on journal
when new.seq <> 1 + coalesce((select max(seq) from journal where account_id = new.account_id), 0)
begin
  select raise(abort, 'journal_seq_is_stale');
end;

create trigger journal_time_never_goes_back before insert on journal
when new.at < (select at from journal where account_id = new.account_id order by seq desc limit 1)
begin
  select raise(abort, 'journal_time_went_back');
end;

create trigger journal_names_its_package before insert on journal
when (new.package_id is not null) <> (select names_package from movement_kinds where kind = new.kind)
begin
  select raise(abort, 'journal_package_does_not_fit_its_kind');
end;

create trigger journal_names_its_job before insert on journal
when (new.job_id is not null) <> (select names_job from movement_kinds where kind = new.kind)
begin
  select raise(abort, 'journal_job_does_not_fit_its_kind');
end;

create trigger journal_rows_never_change before update on journal
begin
  select raise(abort, 'journal_is_append_only');
end;

create trigger journal_rows_stay before delete on journal
begin
  select raise(abort, 'journal_is_append_only');
end;

-- Clawbacks by operators, each with its reason.
create table clawbacks (
  reference        text    primary key not null,   -- the clawback's idempotency key
  account_id       text    not null,
  package_id       text    not null,
  amount           integer not null check (amount > 0),
  reason           text    not null check (length(reason) > 0),
  remaining_before integer not null check (remaining_before >= amount),
  expires_at       integer,                        -- of the package's credits, then
  at               integer not null,
  foreign key (account_id, package_id) references packages (account_id, id)
) strict, without rowid;

create trigger clawbacks_never_change before update on clawbacks
begin
  select raise(abort, 'clawbacks_are_final');
end;

create trigger clawbacks_stay before delete on clawbacks
begin
  select raise(abort, 'clawbacks_are_final');
end;
