-- The schema registry's own database; PostgreSQL's image runs this once, when its volume is new.
CREATE DATABASE registry OWNER impact;
