"""Style measures of a reply, without a reference: how long, how marked, how formal, how varied."""
