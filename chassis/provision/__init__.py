"""Makes the broker what the contracts and the tenant files say: topics, users, passwords and rights.

`python -m chassis.provision` may run at any time and as often as one likes: it looks, changes what differs
and is quick when nothing does. It never lowers partitions and never deletes a topic.
"""
