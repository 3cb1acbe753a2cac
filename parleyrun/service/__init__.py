"""The service: owns sessions, pools, runner, store and channels, and moves people from place to place."""
