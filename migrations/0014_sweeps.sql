-- When the sweep last ran: one row, so that a cron that has stopped is noticed.
create table sweeps (
  id integer primary key not null check (id = 1),
  at integer not null
) strict;
