"""Outside places knowledge and questions come from; none knows another."""
