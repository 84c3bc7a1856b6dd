"""Cards made in numbers: service points, applications checked by one and approved by another, employers' batches, production, the hand-out register."""
