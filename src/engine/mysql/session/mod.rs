//! One connection to a MariaDB server.
