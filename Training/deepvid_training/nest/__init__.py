"""NestDNN (Fang, Zeng, Zhang, MobiCom 2018): a network of several capacities that share weights."""
