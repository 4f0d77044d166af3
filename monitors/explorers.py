"""Where people look up what a main network does, without a node of ours: public explorers, as data.

An operator's second opinion and nothing else: no verdict rests on them, and we never ask them ourselves.
"""

EXPLORERS = {
    "arbitrum": "https://arbiscan.io",
    "base": "https://basescan.org",
    "bitcoin": "https://mempool.space",
    "bitcoin-cash": "https://blockchair.com/bitcoin-cash",
    "bsc": "https://bscscan.com",
    "cardano": "https://cardanoscan.io",
    "cosmos-hub": "https://www.mintscan.io/cosmos",
    "dogecoin": "https://blockchair.com/dogecoin",
    "ethereum": "https://etherscan.io",
    "ethereum-beacon": "https://beaconcha.in",
    "litecoin": "https://litecoinspace.org",
    "monero": "https://xmrchain.net",
    "optimism": "https://optimistic.etherscan.io",
    "polkadot": "https://polkadot.subscan.io",
    "polygon": "https://polygonscan.com",
    "solana": "https://explorer.solana.com",
    "stellar": "https://stellar.expert/explorer/public",
    "ton": "https://tonviewer.com",
    "tron": "https://tronscan.org",
    "xrpl": "https://livenet.xrpl.org",
    "zcash": "https://blockchair.com/zcash",
}
