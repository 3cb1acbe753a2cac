"""Models on a cluster: where their replicas are, what they are asked, and what runs in one."""
