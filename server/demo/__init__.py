"""A complete world in one process: networks that can be broken, a mailbox, a social account, a thousand customers."""
