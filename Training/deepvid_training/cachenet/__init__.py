"""CacheNet (Fang, Manzuri Shalmani, Zheng): a full model, K specialised submodels, their selector.

Numbers in brackets are the paper's equations (arXiv 2007.01793).
"""
