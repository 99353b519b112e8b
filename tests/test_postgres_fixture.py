"""The temporary PostgreSQL server really answers, and each test gets its own empty database."""

import sqlalchemy


def test_each_database_starts_empty_and_accepts_tables(postgres_url):
    engine = sqlalchemy.create_engine(postgres_url)
    with engine.begin() as connection:
        assert sqlalchemy.inspect(connection).get_table_names() == []
        connection.execute(sqlalchemy.text("CREATE TABLE left_behind (n integer)"))
        assert connection.execute(sqlalchemy.text("SHOW server_version_num")).scalar_one().isdigit()
    engine.dispose()


def test_the_next_test_does_not_see_the_last_one_s_table(postgres_url):
    engine = sqlalchemy.create_engine(postgres_url)
    with engine.connect() as connection:
        assert sqlalchemy.inspect(connection).get_table_names() == []
    engine.dispose()
