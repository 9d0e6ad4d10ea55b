-- Which machine does which piece of a sweep that several share. A lease that its holder does not renew is anybody's;
-- time is the database's, so that the machines' clocks need not agree.
CREATE TABLE sweep_lease (
  sweep       text NOT NULL,
  piece       text NOT NULL,
  worker      text NOT NULL,
  lease_until timestamptz NOT NULL,
  PRIMARY KEY (sweep, piece)
);
