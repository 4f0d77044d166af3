"""Follow the page by mail: ask, confirm, change, stop. No account, no cookie; whoever has the mailbox has the say."""
