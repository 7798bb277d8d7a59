//! Rules on small tables.
