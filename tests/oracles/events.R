# Answers of R's survival and cmprsk packages for Gray's test, times lost, differences of mean times, quantiles of cumulative incidence and mean
# counts of repeated events. Writes events.json beside this file:
#   Rscript tests/oracles/events.R > tests/oracles/events.json
# Cases are data sets of the survival package, small tables made to be awkward, or drawn here from a fixed seed.
suppressMessages({ library(survival); library(cmprsk) })

num <- function(x) paste0("[", paste(ifelse(is.na(x), "null", sprintf("%.17g", x)), collapse = ","), "]")
one <- function(x) if (is.na(x)) "null" else sprintf("%.17g", x)
obj <- function(...) { v <- list(...); paste0("{", paste0('"', names(v), '":', unlist(v), collapse = ","), "}") }
arr <- function(x) paste0("[", paste(x, collapse = ","), "]")
text <- function(x) paste0('"', x, '"')

# Gray's test of every cause. Rows are time, end (0 censored), group from 0, how many.
gray <- function(name, time, status, group) {
  g <- as.integer(factor(group)) - 1
  rows <- aggregate(n ~ time + status + g, data.frame(time, status, g, n = 1), sum)
  test <- cuminc(time, status, g)$Tests
  answers <- sapply(1:max(status), function(k) {
    row <- if (is.null(test)) NULL else test[rownames(test) == k, ]
    if (is.null(row) || is.na(row["stat"])) "null" else num(c(row["stat"], row["df"], row["pv"]))
  })
  obj(name = text(name), rows = arr(apply(rows, 1, num)), tests = arr(answers))
}

# Mean time lost to each cause before a horizon, its error from each person's influence on the curves (and the package's own where it has one).
lost <- function(name, time, status, taus) {
  k <- max(status); n <- length(time); first_day <- 1
  # The package does not index influences at time 0 like the others; a day later nothing is lost earlier, so the answers are the same.
  rows <- aggregate(n ~ time + status, data.frame(time, status, n = 1), sum)
  time <- time + first_day
  f <- survfit(Surv(time, factor(status, 0:k)) ~ 1, id = seq_len(n), influence = TRUE)
  influence <- f$influence.pstate; if (is.list(influence)) influence <- influence[[1]]
  answers <- sapply(taus + first_day, function(tau) arr(sapply(1:k, function(j) {
    inside <- f$time < tau
    widths <- diff(c(f$time[inside], tau))
    area <- sum(f$pstate[inside, j + 1] * widths)
    own <- matrix(influence[, tail(seq_len(dim(influence)[2]), length(f$time))[inside], j + 1], nrow = n) %*% widths
    error <- sqrt(sum(own^2))
    table <- summary(f, rmean = tau)$table
    stopifnot(isTRUE(all.equal(area, table[j + 1, "rmean"], tolerance = 1e-9, check.attributes = FALSE)))
    stopifnot(isTRUE(all.equal(error, table[j + 1, "se(rmean)"], tolerance = 1e-9, check.attributes = FALSE)))
    num(c(area, error))
  })))
  z <- qnorm(.975)
  first <- function(height, p) { at <- which(height > p - 1e-8); if (length(at)) f$time[min(at)] - first_day else NA }
  quantiles <- sapply(1:k, function(j) arr(sapply(c(.1, .25, .5), function(p) {
    share <- f$pstate[, j + 1]; se <- f$std.err[, j + 1]; inside <- share > 1e-12 & share < 1 - 1e-12
    a <- share^exp(-z * se / (share * log(share))); b <- share^exp(z * se / (share * log(share)))
    low <- ifelse(inside, pmin(a, b), NA); high <- ifelse(inside, pmax(a, b), NA)
    num(c(first(share, p), first(high, p), first(low, p)))
  })))
  obj(name = text(name), rows = arr(apply(rows, 1, num)), taus = num(taus), lost = arr(answers), quantiles = arr(quantiles))
}

# Difference of two restricted means, second group less first.
means <- function(name, time, event, group, tau) {
  g <- as.integer(factor(group)) - 1
  table <- summary(survfit(Surv(time, event) ~ g), rmean = tau)$table
  d <- table[2, "rmean"] - table[1, "rmean"]; se <- sqrt(sum(table[, "se(rmean)"]^2)); z <- qnorm(.975)
  rows <- aggregate(n ~ time + event + g, data.frame(time, event, g, n = 1), sum)
  obj(name = text(name), rows = arr(apply(rows, 1, num)), tau = one(tau),
      difference = num(c(d, se, d - z * se, d + z * se, 2 * pnorm(-abs(d / se)))))
}

# Mean counts by the formula of Lawless and Nadeau, in R, and where events of one person are never at one time also by survfit with robust errors.
counts <- function(name, until, events) {
  times <- sort(unique(unlist(events)))
  risk <- sapply(times, function(t) sum(until >= t)); d <- sapply(times, function(t) sum(unlist(events) == t))
  influence <- sapply(seq_along(times), function(j) sapply(seq_along(until), function(i)
    (until[i] >= times[j]) / risk[j] * (sum(events[[i]] == times[j]) - d[j] / risk[j])))
  influence <- matrix(influence, nrow = length(until))
  mean <- cumsum(d / risk); error <- sqrt(colSums(t(apply(influence, 1, cumsum))[, seq_along(times), drop = FALSE]^2))
  if (length(times) == 1) error <- sqrt(sum(influence^2))
  if (!any(sapply(events, anyDuplicated) > 0)) {
    long <- do.call(rbind, lapply(seq_along(until), function(i) {
      stops <- sort(unique(c(events[[i]], until[i])))
      data.frame(id = i, start = c(0, head(stops, -1)), stop = stops, event = as.integer(stops %in% events[[i]]))
    }))
    f <- survfit(Surv(start, stop, event) ~ 1, data = long, id = id, robust = TRUE)
    at <- match(times, f$time)
    stopifnot(isTRUE(all.equal(mean, f$cumhaz[at], tolerance = 1e-9)), isTRUE(all.equal(error, f$std.chaz[at], tolerance = 1e-9)))
    mean <- f$cumhaz[at]; error <- f$std.chaz[at]
  }
  z <- qnorm(.975); seen <- error > 1e-12 * mean
  limits <- function(x) num(ifelse(seen, x, NA))
  histories <- sapply(seq_along(until), function(i) obj(until = one(until[i]), events = if (length(events[[i]])) num(events[[i]]) else "[]"))
  obj(name = text(name), histories = arr(histories), time = num(times), at_risk = num(risk), mean = num(mean), error = num(error),
      lower = limits(mean * exp(-z * error / mean)), upper = limits(mean * exp(z * error / mean)),
      plain_lower = limits(pmax(mean - z * error, 0)), plain_upper = limits(mean + z * error))
}

set.seed(20240229)
n <- 200
waits <- ceiling(rexp(n, 1 / 20)); seen <- sample(5:60, n, TRUE); group <- sample(c("a", "b", "c", "d"), n, TRUE)
end <- ifelse(waits <= seen, sample(1:3, n, TRUE, c(.6, .3, .1)), 0); time <- pmin(waits, seen)
heavy <- sample(0:4, 90, TRUE); heavy_end <- sample(0:2, 90, TRUE, c(.2, .5, .3)); heavy_group <- sample(c("a", "b", "c"), 90, TRUE)
tx <- with(transplant, data.frame(time = futime, end = as.integer(event) - 1, abo))
mg <- with(mgus2, data.frame(time = ifelse(pstat == 0, futime, ptime), end = ifelse(pstat == 0, 2 * death, 1), sex))
all_out_time <- c(1, 2, 2, 3, 4, 4, 5, 6, 1, 1, 3, 5, 7, 8, 8, 9)

visits <- split(cgd, cgd$id)
until <- sapply(visits, function(v) max(v$tstop)); infections <- lapply(visits, function(v) v$tstop[v$status == 1])
arm <- sapply(visits, function(v) as.character(v$treat[1]))
same_day <- lapply(1:40, function(i) sample(0:20, rpois(1, 2), TRUE)); same_day_until <- sample(10:30, 40, TRUE)
same_day <- lapply(1:40, function(i) same_day[[i]][same_day[[i]] <= same_day_until[i]])

cat(obj(
  gray = arr(c(
    gray("four groups, three causes", time, end, group), gray("two of the groups", time[group < "c"], end[group < "c"], group[group < "c"]),
    gray("transplant by blood group", tx$time, tx$end, tx$abo), gray("mgus2 by sex", mg$time, mg$end, mg$sex),
    gray("few times, many ties", heavy, heavy_end, heavy_group),
    gray("a group without events of the cause", c(1, 2, 3, 4, 6, 3, 4, 8, 9, 9), c(1, 1, 1, 2, 0, 0, 2, 0, 0, 0), rep(c("a", "b"), each = 5)),
    gray("everybody leaves", all_out_time, c(1, 2, 1, 1, 2, 1, 2, 1, 2, 2, 1, 1, 2, 1, 1, 1), rep(c("a", "b"), each = 8)),
    gray("one cause, nobody censored", all_out_time, rep(1, 16), rep(c("a", "b"), each = 8)),
    gray("one group", c(1, 2, 3, 4), c(1, 2, 1, 0), rep("a", 4)),
    gray("one person against many", c(5, time[1:30]), c(1, end[1:30]), c("a", rep("b", 30)))
  )),
  lost = arr(c(
    lost("three causes", time, end, c(10, 30, max(time))), lost("transplant", tx$time, tx$end, c(100, 1000)),
    lost("few times, many ties", heavy, heavy_end, c(2, 3.5, 4)), lost("everybody leaves", all_out_time, c(1, 2, 1, 1, 2, 1, 2, 1, 2, 2, 1, 1, 2, 1, 1, 1), c(5, 9))
  )),
  means = arr(c(
    means("aml", aml$time, aml$status, aml$x, 30), means("four groups made two", time, as.integer(end > 0), group < "c", 40),
    means("lung", lung$time, lung$status - 1, lung$sex, 365)
  )),
  counts = arr(c(
    counts("cgd, placebo", until[arm == "placebo"], infections[arm == "placebo"]), counts("cgd, treated", until[arm != "placebo"], infections[arm != "placebo"]),
    counts("several a day, from day 0", same_day_until, same_day), counts("one event", c(5, 8, 9), list(c(), c(3), c())),
    counts("alike", c(9, 9), list(c(2, 4), c(2, 4)))
  ))
), "\n", sep = "")
