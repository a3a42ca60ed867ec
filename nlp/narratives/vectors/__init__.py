"""What is done to vectors before texts are grouped, and which are near.

`debiasing` takes off what a language leaves on each (by `parallel_sentences`), `whitening` what
most of them share; `neighbours` finds the nearest of each, by `byte_products`. Nothing here knows
of narratives.
"""
