//! How a throwaway PostgreSQL server is created and started.
