"""The local service: a check in milliseconds, for helpdesks, editors and people. The extra is `server`."""
