"""The lists of moments that staff work from: a read model of one document per moment, sorted and searched unsealed."""
