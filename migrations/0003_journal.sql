-- Every movement of credits, one row per package and movement, in order, for ever.
-- The key (account_id, seq) is also the guard against a writer whose picture of the account is stale.
create table journal (
  account_id      text    not null references accounts (id),
  seq             integer not null check (seq > 0),
  at              integer not null,
  kind            text    not null
    check (kind in ('grant', 'freeze', 'settle', 'release', 'expire', 'adjust', 'late_success')),
  amount          integer not null check (amount > 0),
  package_id      text,
  job_id          text,
  remaining_after integer not null check (remaining_after >= 0),
  held_after      integer not null check (held_after >= 0),
  expires_at      integer,                  -- when the package's credits expire, after this movement
  hash            text    not null check (length(hash) = 64),
  primary key (account_id, seq),
  constraint journal_names_its_package check ((package_id is null) = (kind = 'late_success')),
  constraint journal_names_its_job
    check ((job_id is null) = (kind in ('grant', 'expire', 'adjust')))
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

create trigger journal_rows_never_change before update on journal
begin
  select raise(abort, 'journal_is_append_only');
end;

create trigger journal_rows_stay before delete on journal
begin
  select raise(abort, 'journal_is_append_only');
end;
