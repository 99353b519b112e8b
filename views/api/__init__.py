"""The API for other programs: each operation says what it takes and answers, and the description is made from that."""
