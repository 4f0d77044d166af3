"""Let people in by the accounts of their own house: OpenID Connect, authorization code with PKCE."""
