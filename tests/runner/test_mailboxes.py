"""The mailbox goes with its participant; whoever is to read it now is told."""

import threading

from parleyrun.core.message import Message
from parleyrun.runner.mailbox import Mailbox


def test_mail_is_taken_in_the_order_it_was_put():
    mailbox = Mailbox()
    for text in "abc":
        mailbox.put(Message(text))
    assert len(mailbox) == 3
    assert [mailbox.take().text for _ in range(3)] == ["a", "b", "c"]
    assert mailbox.take() is None


def test_a_listener_is_told_of_new_mail_and_of_mail_that_was_there():
    mailbox, told = Mailbox(), []
    mailbox.put(Message("early"))
    mailbox.listen(lambda: told.append("waiting"))
    mailbox.put(Message("late"))
    assert told == ["waiting", "waiting"]


def test_only_the_newest_listener_is_told():
    mailbox, told = Mailbox(), []

    def first():
        told.append("first")

    def second():
        told.append("second")

    mailbox.listen(first)
    mailbox.listen(second)
    mailbox.stop_listening(first)  # too late: another listens by now
    mailbox.put(Message("x"))
    mailbox.stop_listening(second)
    mailbox.put(Message("y"))
    assert told == ["second"]


def test_nothing_is_lost_or_doubled_when_many_threads_write():
    mailbox, told = Mailbox(), []
    mailbox.listen(lambda: told.append(None))

    def write(author):
        for number in range(200):
            mailbox.put(Message(f"{author} {number}"))

    threads = [threading.Thread(target=write, args=(author,)) for author in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    texts = [mailbox.take().text for _ in range(len(mailbox))]
    assert len(told) == len(texts) == len(set(texts)) == 1600
    for author in range(8):
        own = [int(text.split()[1]) for text in texts if text.startswith(f"{author} ")]
        assert own == sorted(own)


def test_what_was_read_where_a_copy_is_leaves_the_mailbox_and_counts_as_taken():
    mailbox = Mailbox()
    for seq, text in enumerate(["a", "b", "c"], 1):
        mailbox.put(Message(text, carried_line=f"memory:ann#{seq}"))
    mailbox.read_elsewhere({"memory:ann#2", "memory:ann#1", "memory:bob#3"})
    assert [message.text for message in mailbox.unread()] == ["c"]
    assert mailbox.taken == 2
