# One layer: the build context's own tree on top of `parent`.
ARG parent=scratch
FROM ${parent}
COPY . /
