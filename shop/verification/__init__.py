"""Whether stock, orders and money agree: one promise a function, checked on a living shop."""
