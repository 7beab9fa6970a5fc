-- Corrections by operators: credits taken back from a package, each with its reason.
create table adjustments (
  reference        text    primary key not null,   -- the correction's idempotency key
  account_id       text    not null,
  package_id       text    not null,
  amount           integer not null check (amount > 0),
  reason           text    not null check (length(reason) > 0),
  remaining_before integer not null check (remaining_before >= amount),
  expires_at       integer,                        -- of the package's credits, then
  at               integer not null,
  foreign key (account_id, package_id) references packages (account_id, id)
) strict, without rowid;

create trigger adjustments_never_change before update on adjustments
begin
  select raise(abort, 'adjustments_are_final');
end;

create trigger adjustments_stay before delete on adjustments
begin
  select raise(abort, 'adjustments_are_final');
end;
