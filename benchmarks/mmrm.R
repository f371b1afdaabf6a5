# One fit of nlme::gls: Rscript mmrm.R LONG.csv REPEATS; prints seconds of every repeat, then -2 log
# restricted likelihood (of the first column on) on a line of its own.
suppressMessages(library(nlme))
arguments <- commandArgs(TRUE)
d <- read.csv(arguments[1])
d$visit <- factor(d$visit)
d$arm <- factor(d$arm)
d$stratum <- factor(d$stratum)
fit <- function() gls(y ~ arm * visit + baseline * visit + stratum, d, method = "REML",
                      correlation = corSymm(form = ~ as.integer(visit) | person),
                      weights = varIdent(form = ~ 1 | visit))
for (i in seq_len(as.integer(arguments[2]))) cat(system.time(found <- fit())[["elapsed"]], "")
cat("\n")
ll <- function(f) -2 * as.numeric(logLik(f))
cat(format(ll(found), digits = 12), "\n")
