"""NestDNN (Fang, Zeng, Zhang, MobiCom 2018): one network of several capacities that share weights."""
