"""The policy of an app as plain data: what each door asks, who may, and why one request was allowed or refused."""
