//! Throwaway servers.
