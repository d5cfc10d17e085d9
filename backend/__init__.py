"""The office: desks, storage, HTTP, jobs and the command that runs it all."""
