"""What comes through the door: files of the inbox, the platform's database, people's keyed hashes, the books of each source."""
