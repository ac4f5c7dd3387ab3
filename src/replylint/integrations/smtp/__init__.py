"""`replylint smtp-filter`: before Postfix' queue, it refuses replies that must not leave. The extra is `smtp`."""
