"""What a fit and a night of clusters are made of: the parts behind the faces tasks/cluster.py and tasks/identity.py."""
