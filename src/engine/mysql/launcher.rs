//! How a throwaway MariaDB server is created and started.
