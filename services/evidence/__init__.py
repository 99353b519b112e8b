"""What past crossmatches and transfusions say of a donor for a patient."""
